"""A Hub on this machine, as far as `HfApi.create_repo` and `upload_folder` go (huggingface_hub 2.4, without Xet).

It keeps what a client sends in `repos[repo_id][path] = bytes`, so a test asserts on the files that really
came. Parquet goes the LFS way (batch, PUT, verify), everything else inline in the commit, as on the real Hub.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote, urlsplit

TOKEN = "hf_a_token_for_the_stand_in"


@dataclass
class HubStandIn:
    """A context: `with HubStandIn() as hub: push(..., endpoint=hub.url, token=TOKEN)`.

    read_only: answer 403 to every write. breaks_at: answer 500 to a POST whose path contains this.
    """

    read_only: bool = False
    breaks_at: str = ""
    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    private: dict[str, bool] = field(default_factory=dict)
    commits: list[list[str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _objects: dict[str, bytes] = field(default_factory=dict)

    def __enter__(self) -> HubStandIn:
        hub = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(*hub.answer("GET", self.path, b"", self.headers.get("Authorization")))

            def do_POST(self) -> None:
                self._reply(*hub.answer("POST", self.path, self._body(), self.headers.get("Authorization")))

            def do_PUT(self) -> None:
                self._reply(*hub.answer("PUT", self.path, self._body(), self.headers.get("Authorization")))

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def _reply(self, status: int, value: object) -> None:
                data = json.dumps({"error": value} if isinstance(value, str) else value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, target: str, body: bytes, authorization: str | None) -> tuple[int, object]:
        """The status and the JSON for one request."""
        path = unquote(urlsplit(target).path)
        self.requests.append(f"{method} {path}")
        if path.startswith("/objects/") and method == "PUT":  # a signed address: no token is sent
            oid = path.rsplit("/", 1)[1]
            if hashlib.sha256(body).hexdigest() != oid:
                return 400, "the bytes are not those announced"
            self._objects[oid] = body
            return 200, {}
        if authorization != f"Bearer {TOKEN}":
            return 401, "Invalid credentials"
        if self.read_only and method == "POST":
            return 403, "You don't have the rights"
        if self.breaks_at and self.breaks_at in path and method == "POST":
            return 500, "out of order"
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        if path == "/api/validate-yaml":
            return 200, {"errors": [], "warnings": []}
        if path.endswith("/info/lfs/objects/batch"):
            return 200, {"transfer": "basic", "objects": [self._instruct(each) for each in json.loads(body)["objects"]]}
        if path.startswith("/objects/") and method == "POST":
            return (200, {}) if json.loads(body)["oid"] in self._objects else (404, "not uploaded")
        if path.startswith("/api/datasets/"):
            user, name, action, *_ = [*path.removeprefix("/api/datasets/").split("/"), ""]
            repo = f"{user}/{name}"
            if repo not in self.repos:
                return 404, "Repository not found"
            return self._repository(repo, action, body)
        return 404, f"the stand-in does not know {method} {path}"

    def _create(self, asked: dict) -> tuple[int, object]:
        repo = f"{asked.get('organization') or 'me'}/{asked['name']}"
        if repo in self.repos:
            return 409, {"error": "You already created this dataset repo", "url": f"{self.url}/datasets/{repo}"}
        self.repos[repo] = {}
        self.private[repo] = bool(asked.get("private")) or asked.get("visibility") == "private"
        return 200, {"url": f"{self.url}/datasets/{repo}", "name": repo}

    def _instruct(self, asked: dict) -> dict:
        address = f"{self.url}/objects/{asked['oid']}"
        return {**asked, "actions": {"upload": {"href": address}, "verify": {"href": address}}}

    def _repository(self, repo: str, action: str, body: bytes) -> tuple[int, object]:
        files = self.repos[repo]
        if action == "preupload":
            return 200, {
                "files": [
                    {
                        "path": each["path"],
                        "uploadMode": "lfs" if each["path"].endswith(".parquet") else "regular",
                        "shouldIgnore": False,
                    }
                    for each in json.loads(body)["files"]
                ]
            }
        if action == "commit":
            return self._commit(repo, [json.loads(line) for line in body.splitlines()])
        if action == "tree":
            return 200, [
                {"type": "file", "path": path, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                for path, data in sorted(files.items())
            ]
        siblings = [{"rfilename": path} for path in sorted(files)]
        return 200, {"id": repo, "sha": "0" * 40, "private": self.private[repo], "siblings": siblings, "tags": []}

    def _commit(self, repo: str, lines: list[dict]) -> tuple[int, object]:
        files, done = self.repos[repo], []
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self._objects[value["oid"]]
            elif line["key"] == "deletedFile":
                del files[value["path"]]
            if line["key"] != "header":
                done.append(f"{line['key']} {value['path']}")
        self.commits.append(done)
        oid = f"{len(self.commits):040x}"
        return 200, {"commitUrl": f"{self.url}/datasets/{repo}/commit/{oid}", "commitOid": oid, "success": True}

"""The folder to the Hugging Face Hub, as a dataset repository, once it has been verified.

What belongs to a run and not to the dataset stays here (`LEFT_OUT`). Shards of an earlier upload that this dataset no
longer has are deleted in the same upload: the card's globs would read them as rows. The token comes from the caller,
the environment or `hf auth login`; it is never stored or printed.
"""

from __future__ import annotations

from pathlib import Path

from longctx_synth.errors import EndpointError, LongctxError, SettingsError, VerificationError
from longctx_synth.publish.swap import NEW, OLD, READY

LEFT_OUT = [".run/*", f"{NEW}/*", f"{OLD}/*", "*.tmp", "*__pycache__/*", ".cache/*"]

# How many broken rows the refusal names; `verify` names them all.
_NAMED = 5


def push(
    folder: Path | str,
    repo_id: str,
    *,
    private: bool = False,
    token: str | None = None,
    endpoint: str | None = None,
    unverified: bool = False,
) -> str:
    """Upload the dataset in `folder` to the dataset repository `repo_id` ("user/name"), made if need be; returns its
    address.

    token: a write token; default: the environment's HF_TOKEN or the one that `hf auth login` stored.
    endpoint: another Hub than huggingface.co; default: the environment's HF_ENDPOINT.
    unverified: upload although `verify` finds problems.
    Raises SettingsError (no folder, no token, bad or forbidden repository), VerificationError (problems found),
    EndpointError (the Hub cannot be reached or does not do it).
    """
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.utils import HFValidationError, validate_repo_id

    folder = Path(folder)
    try:
        validate_repo_id(repo_id)
    except HFValidationError:
        raise SettingsError(
            f"{repo_id!r} is not a repository id; give user/name, with letters, digits, '-', '_' and '.' only."
        ) from None
    token = token or get_token()
    if not token:
        raise SettingsError(
            "There is no Hub token; set HF_TOKEN to a write token or run `hf auth login`, then push again."
        )
    # Not recovered here: the swap may be a running build's, which holds the lock.
    if (folder / READY).exists():
        raise SettingsError(
            f"A build is publishing into {str(folder)!r} or was cut off in it; wait, or run it again, then push."
        )
    _require_verified(folder, unverified)
    api = HfApi(endpoint=endpoint, token=token)
    try:
        repo = api.create_repo(repo_id, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo.repo_id,
            repo_type="dataset",
            folder_path=folder,
            ignore_patterns=list(LEFT_OUT),
            delete_patterns=["data/*.parquet"],
            commit_message="Upload with longctx-synth",
        )
    except Exception as error:
        raise _explained(error, repo_id) from error
    return str(repo)


def _require_verified(folder: Path, unverified: bool) -> None:
    from longctx_synth.publish.recheck import verify

    problems = verify(folder)
    if problems and not unverified:
        named = "; ".join(str(problem) for problem in problems[:_NAMED])
        more = f"; and {len(problems) - _NAMED:,} more" if len(problems) > _NAMED else ""
        raise VerificationError(f"Not pushed, {len(problems):,} problems in {str(folder)!r}: {named}{more}.")


def _explained(error: Exception, repo_id: str) -> LongctxError | Exception:
    """The error as one sentence for a person; anything that is not the Hub's or the network's comes back as it is."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    if isinstance(error, HfHubHTTPError):
        response = getattr(error, "response", None)
        status = getattr(response, "status_code", None)
        if status == 401:
            return SettingsError("The Hub does not know this token (401); make a write token and set HF_TOKEN to it.")
        if status == 403:
            return SettingsError(f"The token may not write to {repo_id!r} (403); use a write token of its owner.")
        said = getattr(error, "server_message", None) or f"status {status}"
        return EndpointError(
            f"The Hub refused the upload to {repo_id!r} ({said}); nothing here has changed, push again."
        )
    if isinstance(error, OfflineModeIsEnabled):
        return SettingsError("HF_HUB_OFFLINE is set, so nothing can be pushed; unset it and push again.")
    # httpx2 (huggingface_hub 2), httpx (1) or requests (before): known by name, none is a dependency of ours.
    if type(error).__module__.split(".")[0] in ("httpx2", "httpx", "requests", "urllib3"):
        return EndpointError(f"The Hub cannot be reached ({type(error).__name__}); look at the network and push again.")
    return error

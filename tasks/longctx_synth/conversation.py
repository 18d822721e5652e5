"""A task whose documents are conversations: every message reaches the model in its own role.

lm-eval's own tasks make one user message of a document. Here `prompt` holds messages (an optional system message, then
user and assistant in turn, the user last); under `--apply_chat_template` the template gets them as they are, and a chat
endpoint (`local-chat-completions`) is sent them. Without a template they become a plain transcript with role names, and
an answer ends where the model begins to write the user's next turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask

NEXT_TURN = "\nUser:"


def transcript(messages: list[dict[str, str]]) -> str:
    """The messages as plain text, each after its role's name, up to the name of the assistant, whose turn it is."""
    turns = [f"{message['role'].capitalize()}: {message['content']}" for message in messages]
    return "\n\n".join([*turns, "Assistant:"])


class Conversation(ConfigurableTask):
    """A ConfigurableTask that keeps roles; everything but the prompt is as its YAML says."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config={name: value for name, value in config.items() if name != "class"})

    def doc_to_text(self, doc: dict[str, Any], doc_to_text: Any = None) -> str:
        """The prompt as a transcript."""
        return transcript(doc["prompt"])

    def fewshot_context(
        self,
        doc: dict[str, Any],
        num_fewshot: int,
        system_instruction: str | None = None,
        apply_chat_template: bool = False,
        fewshot_as_multiturn: bool = False,
        chat_template: Callable[..., Any] | None = None,
        gen_prefix: str | None = None,
    ) -> Any:
        """What the model is given: what the chat template makes of the messages, or the transcript.

        system_instruction (`--system_instruction`) stands before the conversation's own system message, in one message
        with it. There are no examples to show (num_fewshot is 0), so fewshot_as_multiturn changes nothing.
        """
        messages = [dict(message) for message in doc["prompt"]]
        if system_instruction and messages[0]["role"] == "system":
            messages[0]["content"] = f"{system_instruction}\n\n{messages[0]['content']}"
        elif system_instruction:
            messages.insert(0, {"role": "system", "content": system_instruction})
        return chat_template(messages) if apply_chat_template and chat_template else transcript(messages)

    def construct_requests(self, doc: dict[str, Any], ctx: Any, **kwargs: Any) -> Instance:
        """The request; of a transcript it ends at the user's next turn unless the generation settings say where."""
        templated = kwargs.get("apply_chat_template", False)
        request = super().construct_requests(doc, ctx, **kwargs)
        settings = request.arguments[1]
        if not templated and not settings.get("until"):
            settings["until"] = [NEXT_TURN]
        return request

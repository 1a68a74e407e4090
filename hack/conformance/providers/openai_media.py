"""Images, audio and moderations: small answers that echo what was received.

https://platform.openai.com/docs/api-reference/images, /audio and /moderations
"""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

from aiohttp import web
from openai.types import ImageEditParams, ImageGenerateParams, ModerationCreateParams, moderation
from openai.types.audio import SpeechCreateParams, TranscriptionCreateParams, TranslationCreateParams

from . import forms
from .exchange import Exchange, Refused, known_model, refuse
from .reply import Reply
from .shape import Problem, check
from .wire import sse, stream, whole

#: The smallest PNG there is: one transparent pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_SPEECH_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}


async def generate_image(exchange: Exchange) -> web.StreamResponse:
    """Answer with n pixels; revised_prompt repeats the prompt."""
    body = exchange.json()
    refuse(check(body, ImageGenerateParams))
    known_model(body.get("model") or "")
    return await _images(exchange, body, body["prompt"])


async def edit_image(exchange: Exchange) -> web.StreamResponse:
    """Answer with n pixels; revised_prompt repeats the prompt and describes the files."""
    form = forms.read(exchange, ImageEditParams, "image", "mask")
    known_model(form.text("model"))
    described = [f"{name}: {file.describe()}" for name, files in form.files.items() for file in files]
    return await _images(exchange, form.fields, "; ".join([form.text("prompt"), *described]))


async def _images(exchange: Exchange, body: dict[str, Any], prompt: str) -> web.StreamResponse:
    n = int(body.get("n") or 1)
    if not 1 <= n <= 10:
        raise Refused([Problem("/n", "must be between 1 and 10")])
    link = {"url": f"https://images.invalid/{hashlib.sha256(prompt.encode()).hexdigest()}.png"}
    data = [{**(link if body.get("response_format") == "url" else {"b64_json": PIXEL}), "revised_prompt": prompt}] * n
    if body.get("stream") in (True, "true"):
        kind = "image_generation.completed"
        event = {"type": kind, "b64_json": PIXEL, "created_at": int(time.time()), "size": "1024x1024",
                 "quality": "high", "background": "opaque", "output_format": "png", "usage": _image_usage()}  # fmt: skip
        return await stream(exchange, [sse(event, kind)], "text/event-stream", Reply(), [])
    return await whole(exchange, {"created": int(time.time()), "data": data, "usage": _image_usage()})


def _image_usage() -> dict[str, Any]:
    return {
        "total_tokens": 30,
        "input_tokens": 10,
        "output_tokens": 20,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 0},
    }


async def speech(exchange: Exchange) -> web.StreamResponse:
    """Answer with bytes that name the format and the SHA-256 of the input."""
    body = exchange.json()
    refuse(check(body, SpeechCreateParams))
    known_model(body["model"])
    kind = body.get("response_format") or "mp3"
    audio = f"audio {kind} sha256 {hashlib.sha256(body['input'].encode()).hexdigest()}".encode()
    if body.get("stream_format") != "sse":
        return web.Response(body=audio, content_type=_SPEECH_TYPES[kind])
    halves = [base64.b64encode(audio[:20]).decode(), base64.b64encode(audio[20:]).decode()]
    frames = [sse({"type": "speech.audio.delta", "audio": half}) for half in halves]
    done = {"type": "speech.audio.done", "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}}
    return await stream(exchange, [*frames, sse(done)], "text/event-stream", Reply(), [])


async def transcribe(exchange: Exchange) -> web.StreamResponse:
    """Answer with a text that describes the file."""
    return await _transcript(exchange, forms.read(exchange, TranscriptionCreateParams, "file"), "transcribe")


async def translate(exchange: Exchange) -> web.StreamResponse:
    """Answer with a text that describes the file."""
    return await _transcript(exchange, forms.read(exchange, TranslationCreateParams, "file"), "translate")


async def _transcript(exchange: Exchange, form: forms.Form, task: str) -> web.StreamResponse:
    known_model(form.text("model"))
    text = form.files["file"][0].describe()
    kind = form.text("response_format", "json")
    usage = {"type": "duration", "seconds": 1}
    if form.text("stream") == "true":
        frames = [sse({"type": "transcript.text.delta", "delta": word + " "}) for word in text.split()]
        done = {
            "type": "transcript.text.done",
            "text": text,
            "usage": {"type": "tokens", "input_tokens": 5, "output_tokens": 7, "total_tokens": 12},
        }
        return await stream(exchange, [*frames, sse(done)], "text/event-stream", Reply(), [])
    if kind == "verbose_json":
        segment = {
            "id": 0,
            "seek": 0,
            "start": 0.0,
            "end": 1.0,
            "text": text,
            "tokens": [1],
            "temperature": 0.0,
            "avg_logprob": -0.1,
            "compression_ratio": 1.0,
            "no_speech_prob": 0.0,
        }
        return await whole(
            exchange, {"task": task, "language": "english", "duration": 1.0, "text": text, "segments": [segment], "usage": usage}
        )
    if kind == "json":
        return await whole(exchange, {"text": text, "usage": usage})
    plain = {
        "text": text,
        "srt": f"1\n00:00:00,000 --> 00:00:01,000\n{text}\n",
        "vtt": f"WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n{text}\n",
    }
    return web.Response(text=plain.get(kind, text), content_type="text/plain")


async def moderate(exchange: Exchange) -> web.StreamResponse:
    """Flag whatever contains the word violence."""
    body = exchange.json()
    refuse(check(body, ModerationCreateParams))
    known_model(body.get("model", ""))
    given = body["input"]
    several = isinstance(given, list) and all(isinstance(i, str) for i in given)
    results = [_verdict(str(text)) for text in (given if several else [given])]
    return await whole(
        exchange, {"id": f"modr-{exchange.number}", "model": body.get("model") or "omni-moderation-latest", "results": results}
    )


def _verdict(text: str) -> dict[str, Any]:
    bad = "violence" in text.lower()
    names = [field.alias or name for name, field in moderation.Categories.model_fields.items()]
    return {
        "flagged": bad,
        "categories": {name: bad and name == "violence" for name in names},
        "category_scores": {name: 0.9 if bad and name == "violence" else 0.0 for name in names},
        "category_applied_input_types": {name: ["text"] for name in names},
    }

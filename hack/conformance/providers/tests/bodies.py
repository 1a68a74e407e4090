"""One full request for each endpoint that takes JSON: path, credential, body."""

from __future__ import annotations

import json
from typing import Any

from .. import credentials, signature
from .serving import PERSON, PIXEL, WEATHER

_OPENAI = {"Authorization": f"Bearer {credentials.KEYS['openai']}"}
_COMPATIBLE = {"Authorization": f"Bearer {credentials.KEYS['compatible']}"}
_ANTHROPIC = {"x-api-key": credentials.KEYS["anthropic"], "anthropic-version": "2023-06-01"}
_GEMINI = {"x-goog-api-key": credentials.KEYS["gemini"]}
_VERTEX = {"Authorization": f"Bearer {credentials.VERTEX_TOKEN}"}
_BEDROCK = {"Authorization": f"Bearer {credentials.BEDROCK_API_KEY}"}
_DATA_URL = f"data:image/png;base64,{PIXEL}"

_CHAT: Any = {
    "model": "gpt-4o",
    "messages": [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": _DATA_URL}}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": WEATHER, "strict": True}}],
    "tool_choice": "auto",
    "response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}},
    "stream": True,
    "stream_options": {"include_usage": True},
}
_RESPONSES: Any = {
    "model": "gpt-5",
    "input": [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "a"}, {"type": "input_image", "detail": "auto", "image_url": _DATA_URL}],
        },
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": signature.issue("openai", "")},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "x"},
    ],
    "tools": [{"type": "function", "name": "f", "parameters": WEATHER, "strict": True}],
    "tool_choice": "auto",
    "text": {"format": {"type": "json_schema", "name": "person", "schema": PERSON}},
    "reasoning": {"summary": "auto"},
    "stream": True,
}
_MESSAGES: Any = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 2000,
    "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "a", "signature": signature.issue("anthropic", "a")},
                {"type": "tool_use", "id": "a", "name": "f", "input": {}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "x"}]}]},
    ],
    "tools": [{"name": "f", "input_schema": WEATHER}],
    "tool_choice": {"type": "auto"},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "output_config": {"format": {"type": "json_schema", "schema": PERSON}},
    "stream": True,
}
_GENERATE: Any = {
    "contents": [
        {"role": "user", "parts": [{"text": "a"}, {"inlineData": {"mimeType": "image/png", "data": PIXEL}}]},
        {
            "role": "model",
            "parts": [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": signature.issue("gemini", ["f", {}])}],
        },
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"output": "x"}}}]},
    ],
    "tools": [
        {"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}]}
    ],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    "systemInstruction": {"parts": [{"text": "be brief"}]},
    "generationConfig": {
        "responseMimeType": "application/json",
        "responseJsonSchema": PERSON,
        "temperature": 1,
        "stopSequences": ["a"],
        "thinkingConfig": {"includeThoughts": True},
    },
}
_CONVERSE: Any = {
    "messages": [
        {"role": "user", "content": [{"text": "a"}, {"image": {"format": "png", "source": {"bytes": PIXEL}}}]},
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "a", "signature": signature.issue("bedrock", "a")}}},
                {"toolUse": {"toolUseId": "a", "name": "f", "input": {}}},
            ],
        },
        {"role": "user", "content": [{"toolResult": {"toolUseId": "a", "content": [{"json": {"a": 1}}]}}]},
    ],
    "system": [{"text": "be brief"}, {"cachePoint": {"type": "default"}}],
    "toolConfig": {"tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": WEATHER}}}], "toolChoice": {"auto": {}}},
    "inferenceConfig": {"maxTokens": 2000},
    "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    "outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": {"schema": json.dumps(PERSON)}}}},
}
_OLLAMA: Any = {
    "model": "qwen3",
    "messages": [
        {"role": "user", "content": "a", "images": [PIXEL]},
        {"role": "assistant", "content": "", "thinking": "x", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]},
        {"role": "tool", "tool_name": "f", "content": "x"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": WEATHER}}],
    "format": PERSON,
    "options": {"stop": ["a"], "num_ctx": 5},
    "think": True,
    "keep_alive": "5m",
}

BODIES: dict[str, tuple[dict[str, str], Any]] = {
    "/openai/v1/chat/completions": (_OPENAI, _CHAT),
    "/openai/v1/responses": (_OPENAI, _RESPONSES),
    "/openai/v1/embeddings": (_OPENAI, {"model": "e", "input": ["a", "b"], "dimensions": 5}),
    "/openai/v1/images/generations": (_OPENAI, {"model": "gpt-image-1", "prompt": "a", "n": 2}),
    "/openai/v1/audio/speech": (_OPENAI, {"model": "tts-1", "input": "a", "voice": "alloy", "response_format": "wav"}),
    "/openai/v1/moderations": (_OPENAI, {"input": [{"type": "text", "text": "a"}]}),
    "/compatible/v1/rerank": (_COMPATIBLE, {"model": "r", "query": "a", "documents": ["a"], "top_n": 5}),
    "/anthropic/v1/messages": (_ANTHROPIC, _MESSAGES),
    "/gemini/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse": (_GEMINI, _GENERATE),
    "/gemini/v1beta/models/gemini-3-pro:countTokens": (
        _GEMINI,
        {"generateContentRequest": {"model": "models/gemini-3-pro", "contents": [{"role": "user", "parts": [{"text": "a"}]}]}},
    ),
    "/gemini/v1beta/models/e:batchEmbedContents": (
        _GEMINI,
        {"requests": [{"model": "models/e", "content": {"parts": [{"text": "a"}]}, "outputDimensionality": 5}]},
    ),
    "/vertex/v1/projects/p/locations/l/publishers/google/models/e:embedContent": (
        _VERTEX,
        {"content": {"parts": [{"text": "a"}]}, "embedContentConfig": {"outputDimensionality": 5}},
    ),
    "/vertex/v1/projects/p/locations/l/publishers/google/models/e:predict": (
        _VERTEX,
        {"instances": [{"content": "a"}], "parameters": {"outputDimensionality": 5}},
    ),
    "/bedrock/model/m/converse-stream": (_BEDROCK, _CONVERSE),
    "/bedrock/model/cohere.embed-english-v3/invoke": (_BEDROCK, {"texts": ["a"], "input_type": "search_query"}),
    "/ollama/api/chat": ({}, _OLLAMA),
    "/ollama/api/embed": ({}, {"model": "e", "input": ["a"], "dimensions": 5}),
}

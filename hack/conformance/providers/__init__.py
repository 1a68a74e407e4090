"""Fake model providers that take nothing which the real ones refuse. Run: python -m providers --port 0 --ready-file F.

The ready file receives the address, as http://127.0.0.1:<port>, once requests are taken. Requests are checked against
the vendors' own types, from the Python packages that they publish (requirements.txt), and against the rules that their
services enforce beyond types (*_rules.py, with sources). Whatever fails is answered with the provider's own 4xx, and is
kept as a violation. Nothing is stored, fetched or generated: script.py decides the answers.

| base URL | protocol | credential |
|---|---|---|
| /openai/v1 | OpenAI: chat, completions, responses, embeddings, images, audio, moderations, models | Bearer sk-test-openai |
| /compatible/v1 | chat, completions, embeddings, rerank, models of a server like vLLM or DeepSeek: reasoning_content, extra parameters, no developer role | Bearer sk-test-compatible |
| /azure | /openai/v1/… as OpenAI, and /openai/deployments/{model}/… with chat, completions, embeddings, images, audio and ?api-version=… | api-key: sk-test-azure, or Bearer |
| /anthropic | /v1/messages, /v1/messages/count_tokens, /v1/models; API versions 2023-06-01 and 2026-10-21 | x-api-key: sk-test-anthropic, or Bearer |
| /gemini | /v1beta or /v1, /models/{model}:generateContent, :streamGenerateContent, :countTokens, :embedContent, :batchEmbedContents | x-goog-api-key: sk-test-gemini |
| /vertex | /v1/projects/p/locations/l/publishers/google/models/{model}:… and :predict; tokens from /vertex/token | Bearer ya29.test-vertex |
| /bedrock | /model/{model}/converse, /converse-stream, /count-tokens, and /invoke of Titan and Cohere embeddings | SigV4 of AKIATEST / test-secret in us-east-1, or Bearer bedrock-api-key-test |
| /ollama | /api/chat, generate, embed, embeddings, show, tags, ps, version and / | none, or Bearer sk-test-ollama |

Every model name is known, but for those with "missing" in them: they are answered with the provider's 404. Some rules
depend on the version in a model's name: gpt-5 and o3 refuse max_tokens, claude-opus-4-7 refuses sampling parameters,
gemini-2.5 needs no thought signatures; a name without a version has the rules of gpt-4o, claude-4 and gemini-3.

Beside the providers:

- GET /violations: [{"request", "provider", "path", "pointer", "what"}]; DELETE /violations forgets them.
- GET /requests?last=N: the last requests, oldest first: [{"number", "provider", "method", "path", "query", "headers",
  "body", "status", "left"}], keys masked; left tells that the client went away before the end of its answer.
"""

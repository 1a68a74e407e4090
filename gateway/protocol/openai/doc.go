// Package openai speaks OpenAI's older protocol, chat completions and what goes with it, in both directions. Towards clients it
// reads requests and writes answers; towards upstreams, OpenAI's own and the many that follow it, it writes requests and reads
// answers, whose files begin with `upstream`.
//
// Source of all wire formats, unless something else is named: https://platform.openai.com/docs/api-reference/chat
package openai

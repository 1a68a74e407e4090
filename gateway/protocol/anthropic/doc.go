// Package anthropic is the wire protocol of Anthropic's Messages API, in both directions.
//
// Client side: Messages and CountTokens read what a client sends and write what it gets, Errors writes what went wrong, ModelList
// and ModelInfo the models. Upstream side: Encode and EncodeCount write a request, DecodeAnswer and DecodeStream read the answer,
// DecodeError what went wrong. Observer reads along with an answer that passes untouched.
//
// What the two sides decide where the protocols differ is written at the functions that do it: family (what each generation of
// models accepts), reasoning, sampling, newSystem, schema.
//
// Source: https://platform.claude.com/docs/en/api/messages
package anthropic

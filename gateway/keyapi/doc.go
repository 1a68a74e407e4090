// Package keyapi reads and writes the documents of LiteLLM's key management. It is pure: the keys are made, kept and deleted elsewhere.
//
// Source of the fields: https://docs.litellm.ai/docs/proxy/virtual_keys
package keyapi

// Package keystore is about keys that are made through the gateway: what is kept of one, and how it looks as a GatewayKey. Its
// packages cluster and sqlite keep them. Nobody keeps a key itself, only its digest.
package keystore

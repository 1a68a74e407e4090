// Package openai is the client-facing protocol: the request scanner, the wire types, the reader and the writer of server-sent
// events, and the shape of errors.
package openai

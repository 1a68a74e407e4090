// Package policy decides who may call the gateway.
package policy

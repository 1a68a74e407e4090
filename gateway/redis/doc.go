// Package redis is the gateway's one way to Redis, made so that Redis can never hold a request up for long. Each call has a
// deadline of tens of milliseconds; after a few failures in a row no call is made at all until a probe in the background has
// found that Redis answers again. What the gateway does without Redis is decided by those who call.
package redis

// Package cache keeps answers and gives them again to requests that ask for the same.
//
// A request is looked up by a hash of what it asks for: two requests share a key exactly where nothing tells them apart but the
// order of members, white space, the spelling of strings and numbers, and what says who asks rather than what is asked. Answers are
// in the gateway's Redis, so that all replicas have them; a gateway without one keeps them in the memory of each replica. A Redis
// that is away, slow or full of something else costs hits and nothing more.
//
// While one request for an answer is under way, others that ask for the same wait for it. Errors, streams that broke off, and answers
// over a size are never kept.
package cache

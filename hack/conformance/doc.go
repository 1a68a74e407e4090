// Package conformance runs the clients that applications really use against a running gateway, with strict fake providers behind
// it, and prints what works: one row for each client, one column for each feature.
//
//	clients/{node,python,agents}, goclients ──▶ fairlead run ──▶ providers (fake, validating)
//	        ▲                                                        │
//	        └── one cell at a time ── this package ◀── violations ───┘
//
// A client is a process that reads one JSON object a line, {"feature","provider","model"}, does what the feature means with its
// SDK against that model, and answers with one line, {"feature","provider","ok","detail"}. Its first line, without being asked,
// is {"version","features"}: the features that it has, each with the providers it makes sense with (null: all). What the clients
// say and expect is in clients/scenario.json, which all of them read.
//
// A cell fails when the client saw something else than it had to, and also when a provider found fault with what it was sent
// meanwhile: the fakes validate every request against their vendors' own types.
package conformance

// Package cluster reads what the operator publishes: the status of ModelAliases, ModelProviders, GatewayKeys and one Gateway,
// and that Gateway's credentials Secret. In the other direction it tells the operator what this replica serves, in a Lease.
//
//	watch ModelAliases, ModelProviders, GatewayKeys ─┐
//	watch one Gateway ──────────── get its Secret ───┴─▶ snapshot.Input ─▶ … ─▶ Store ─▶ Confirmer ─▶ Lease
//
// The watches go on by themselves when the API server comes back; until then everything stays as it was last seen.
// That holds as well for a kind that the API server does not know, as it is while an installation is brought up to date and just
// after a restart of the API server: a source that has never seen the kind delivers nothing before it is there, because whoever
// served without keys would refuse callers that have one.
package cluster

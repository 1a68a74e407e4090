// Package cluster reads what the operator publishes: the status of ModelAliases, ModelProviders and one Gateway, and that
// Gateway's credentials Secret. In the other direction it tells the operator what this replica serves, in a Lease.
//
//	watch ModelAliases, ModelProviders ─┐
//	watch one Gateway ── get its Secret ─┴─▶ snapshot.Input ─▶ … ─▶ Store ─▶ Confirmer ─▶ Lease
//
// The watches go on by themselves when the API server comes back; until then everything stays as it was last seen.
package cluster

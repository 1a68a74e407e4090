// Package compile turns what people wrote into what the data plane serves.
//
//	ModelAlias    + Gateway + ModelProviders + rivals  ──Alias────▶ Route             + problems
//	ModelProvider + its Secrets                        ──Provider─▶ ResolvedEndpoint  + problems
//	Gateway       + its Secrets                        ──Gateway──▶ GatewayConfig     + problems
//	GatewayKey    + Gateway + its Secret + rivals      ─GatewayKey▶ KeyPolicy         + problems
//
// Everything here is a pure function of objects that were gathered before: no context, no client, no clock. The operator and
// the gateway that reads files instead of a cluster call the same code, so an alias means the same to both.
//
// A person's mistake is data, a Problem. No function panics on any input, and equal inputs give equal results, to the byte.
//
// # What happens to the last good route
//
// An edit that leaves no target to serve keeps the route that is served already, for as long as that route is still the
// alias's to serve. It is withdrawn when
//
//   - the alias is no longer accepted: its gateway does not exist or does not admit it, or an older alias has the model name;
//   - the alias names another gateway or another model than the route does: whoever renames gives up the old name;
//   - a provider of the route does not permit it any more: consent that is withdrawn takes effect at once.
//
// # What happens to the last good policy of a key
//
// It is kept after a broken edit in the same way, under the digest of the key that there is now. It is withdrawn when
//
//   - the gateway does not exist or does not admit the key, or an older object has the same key;
//   - the key is not in its Secret any more;
//   - it has a budget that the gateway cannot add up.
package compile

package proxy

import (
	"errors"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/limit"
)

// Headers that say how a request was served, in canonical form, and LiteLLM's names for the same.
// Source: https://docs.litellm.ai/docs/proxy/response_headers
const (
	headerTarget    = "X-Fairlead-Target"
	headerAttempts  = "X-Fairlead-Attempts"
	headerCache     = "X-Fairlead-Cache"
	headerCost      = "X-Fairlead-Cost"
	headerBudget    = "X-Fairlead-Budget-Exceeded"
	litellmCall     = "X-Litellm-Call-Id"
	litellmModel    = "X-Litellm-Model-Id"
	litellmGroup    = "X-Litellm-Model-Group"
	litellmRetries  = "X-Litellm-Attempted-Retries"
	litellmFallback = "X-Litellm-Attempted-Fallbacks"
	litellmCost     = "X-Litellm-Response-Cost"
)

// announceFailure is announce for a request that was not served: of a limit that did not let it pass it says that nothing is left.
func (e *exchange) announceFailure(err error) {
	e.announce()
	if x, exceeded := errors.AsType[*limit.ExceededError](err); exceeded {
		limit.SetHeaders(e.w.Header(), []limit.State{x.State()})
	}
}

// announce tells the client, before the answer begins, how it is served. What it cost is known then only of a whole answer.
func (e *exchange) announce() {
	h := e.w.Header()
	// One allocation holds the values of all.
	v := []string{e.x.Target, strconv.Itoa(e.x.Attempts), e.x.RequestID, e.model.Name, strconv.Itoa(max(e.x.Attempts-1, 0)), e.x.Cache}
	if e.x.Target != "" {
		h[headerTarget], h[litellmModel] = v[0:1:1], v[0:1:1]
	}
	h[headerAttempts], h[litellmCall], h[litellmGroup] = v[1:2:2], v[2:3:3], v[3:4:4]
	h[litellmRetries], h[litellmFallback] = v[4:5:5], v[4:5:5]
	if e.x.Cache != "" {
		h[headerCache] = v[5:6:6]
	}
	if cost, priced := e.ticket.Cost(); priced {
		h[headerCost] = []string{cost.String()}
		h[litellmCost] = h[headerCost]
	}
	if e.ticket != nil && len(e.ticket.Warnings) > 0 {
		h[headerBudget] = e.ticket.Warnings
	}
	if states := e.ticket.States(); len(states) > 0 {
		limit.SetHeaders(h, states)
	}
}

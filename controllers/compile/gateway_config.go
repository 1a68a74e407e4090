package compile

import (
	"cmp"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Built-in values of a Gateway.
const (
	defaultReplicas        = int32(2)
	defaultRetentionMonths = int32(12)
	defaultBacklogBytes    = int64(256 << 20)
	defaultCORSMaxAge      = v1alpha1.Duration("10m")
)

// config assembles what the data plane applies to every request.
func config(in GatewayInput) *v1alpha1.GatewayConfig {
	spec := &in.Gateway.Spec
	c := v1alpha1.GatewayConfig{
		KeysMode: cmp.Or(spec.Keys.Mode, v1alpha1.KeysRequired),
		Replicas: replicas(in),
		Redis:    used(spec.Redis),
		Postgres: used(spec.Postgres.AsStore()),
		Budgets:  effectiveBudgets(spec.Budgets),
		TLS:      spec.TLS != nil,
		CORS:     effectiveCORS(spec.CORS),
	}
	for _, network := range in.AllowedNetworks {
		c.AllowedNetworks = append(c.AllowedNetworks, v1alpha1.CIDR(network.String()))
	}
	if c.Postgres || in.OwnLedger {
		c.Usage = usage(in.Gateway)
	}
	return sealConfig(c)
}

// effectiveCORS says what is left out; nil for nil.
func effectiveCORS(c *v1alpha1.CORS) *v1alpha1.CORS {
	if c == nil {
		return nil
	}
	return &v1alpha1.CORS{AllowOrigins: slices.Clone(c.AllowOrigins), MaxAge: cmp.Or(c.MaxAge, defaultCORSMaxAge)}
}

// usage is how a gateway's ledger is kept; every value is set.
func usage(g *v1alpha1.Gateway) *v1alpha1.Usage {
	u := &v1alpha1.Usage{}
	if g.Spec.Usage != nil {
		u = g.Spec.Usage.DeepCopy()
	}
	u.RetentionMonths = cmp.Or(u.RetentionMonths, new(defaultRetentionMonths))
	u.MaxBacklogBytes = cmp.Or(u.MaxBacklogBytes, new(defaultBacklogBytes))
	u.OnBacklogFull = cmp.Or(u.OnBacklogFull, v1alpha1.BacklogServeUnmetered)
	return u
}

// effectiveBudgets says for each budget what it leaves out.
func effectiveBudgets(budgets []v1alpha1.GatewayBudget) []v1alpha1.GatewayBudget {
	budgets = slices.Clone(budgets)
	for i := range budgets {
		b := &budgets[i]
		b.Per = cmp.Or(b.Per, v1alpha1.BudgetPerSelection)
		b.KeySelector = b.KeySelector.DeepCopy()
		b.Budget = *effectiveBudget(&b.Budget)
	}
	return budgets
}

// effectiveBudget says what a budget leaves out; nil for nil.
func effectiveBudget(b *v1alpha1.Budget) *v1alpha1.Budget {
	if b == nil {
		return nil
	}
	return &v1alpha1.Budget{
		LimitUSD: b.LimitUSD, Window: cmp.Or(b.Window, v1alpha1.BudgetMonth), OnExceeded: cmp.Or(b.OnExceeded, v1alpha1.BudgetReject),
	}
}

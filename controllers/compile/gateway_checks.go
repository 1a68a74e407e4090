package compile

import (
	"fmt"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// checkGateway finds what the schema admits and no gateway could serve. The first thing found decides.
func checkGateway(in GatewayInput) *Problem {
	spec := &in.Gateway.Spec
	if d := spec.Defaults; d != nil {
		if problem := checkTimeouts("spec.defaults.timeouts", d.Timeouts); problem != nil {
			return problem
		}
		if problem := checkCache("spec.defaults.cache", d.Cache); problem != nil {
			return problem
		}
	}
	if problem := checkBudgets(in); problem != nil {
		return problem
	}
	if problem := checkAutoscaling(spec); problem != nil {
		return problem
	}
	if problem := checkBackup(spec.Postgres); problem != nil {
		return problem
	}
	return checkPolicy(spec.AllowedNamespaces)
}

// checkBudgets: what was spent is added up in PostgreSQL. A budget that nobody adds up would bound nothing.
func checkBudgets(in GatewayInput) *Problem {
	spec := &in.Gateway.Spec
	if len(spec.Budgets) > 0 && !used(spec.Postgres.AsStore()) && !in.OwnLedger {
		return invalid("spec.budgets needs PostgreSQL, where spend is added up, and spec.postgres.mode is Disabled. Set it to Managed or External, or remove spec.budgets.")
	}
	for i := range spec.Budgets {
		path := fmt.Sprintf("spec.budgets[%s].keySelector", spec.Budgets[i].Name)
		if problem := checkSelector(path, spec.Budgets[i].KeySelector); problem != nil {
			return problem
		}
	}
	return nil
}

// used says whether a store is wanted.
func used(s *v1alpha1.Store) bool {
	return s != nil && s.Mode != v1alpha1.StoreDisabled && s.Mode != ""
}

// shortestUserToken is the least length of a secret that HMAC-SHA256 signs with, in bytes: that of its output.
// Source: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
const shortestUserToken = 32

// UserToken returns the secret that ref names exactly as it is stored: whoever signs with it reads the same bytes. It is nil where
// there is none, and where it is too short to sign anything.
func (s Secrets) UserToken(ref *v1alpha1.SecretKeyReference) []byte {
	if ref == nil || len(s[string(ref.Name)][entryOf(*ref)]) < shortestUserToken {
		return nil
	}
	return s[string(ref.Name)][entryOf(*ref)]
}

// userToken finds what keeps the secret that ref names from being signed with.
func (s Secrets) userToken(subject string, ref *v1alpha1.SecretKeyReference) *Problem {
	if ref == nil {
		return nil
	}
	if problem := s.missing(subject, *ref); problem != nil {
		return problem
	}
	mistake := ""
	if s.UserToken(ref) == nil {
		mistake = "a secret that tokens are signed with must be at least 32 bytes long"
	}
	return unusable(subject, *ref, mistake)
}

// checkGatewaySecrets finds the first Secret that the gateway cannot use, and says which will not be usable for long.
func checkGatewaySecrets(in GatewayInput) (notice string, problem *Problem) {
	subject := fmt.Sprintf("Gateway %s/%s", in.Gateway.Namespace, in.Gateway.Name)
	if problem := checkKeysAndStores(in, subject); problem != nil {
		return "", problem
	}
	return checkListener(in, subject)
}

func checkKeysAndStores(in GatewayInput, subject string) *Problem {
	g := in.Gateway
	if ref := g.Spec.Keys.MasterKeySecretRef; ref != nil {
		if problem := in.Secrets.missing(subject, *ref); problem != nil {
			return problem
		}
	}
	if problem := in.Secrets.userToken(subject, g.Spec.Keys.UserTokenSecretRef); problem != nil {
		return problem
	}
	if e := externalOf(g.Spec.Redis); e != nil {
		if _, problem := in.Secrets.redis(subject+" (spec.redis)", e); problem != nil {
			return problem
		}
	}
	if e := externalOf(g.Spec.Postgres.AsStore()); e != nil {
		if _, problem := in.Secrets.postgres(subject+" (spec.postgres)", e, in.OwnLedger); problem != nil {
			return problem
		}
	}
	return nil
}

// externalOf says how to reach a store that exists already; nil for any other.
func externalOf(s *v1alpha1.Store) *v1alpha1.ExternalStore {
	if s == nil {
		return nil
	}
	return s.External
}

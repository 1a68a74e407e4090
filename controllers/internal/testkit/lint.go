package testkit

import (
	"fmt"
	"regexp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// times finds what makes a message another one every time it is written: clocks, ports of connections, addresses of memory.
var times = regexp.MustCompile(`\d{2}:\d{2}:\d{2}|0x[0-9a-f]{6,}|->|\bresourceVersion\b`)

// Lint checks the rules that every status keeps: all conditions of the kind are there, in order, each of the present
// generation, with a reason that the API knows and a message that reads like a sentence and does not change by itself. Ready
// is true only where everything that it sums up allows that.
func Lint(o client.Object) []string {
	var problems []string
	conditions := Conditions(o)
	kinds := make([]string, 0, len(conditions))
	for _, c := range conditions {
		kinds = append(kinds, c.Type)
		problems = append(problems, lintCondition(o, c)...)
	}
	if want := kindsOf(o); !slices.Equal(kinds, want) {
		problems = append(problems, fmt.Sprintf("conditions are %v, want %v", kinds, want))
	}
	ready := conditions[len(conditions)-1]
	for _, c := range conditions {
		if ready.Status == metav1.ConditionTrue && c.Type == v1alpha1.ConditionAccepted && c.Status != metav1.ConditionTrue {
			problems = append(problems, "Ready is True although the object is not accepted")
		}
	}
	return problems
}

func lintCondition(o client.Object, c metav1.Condition) []string {
	var problems []string
	if c.ObservedGeneration != o.GetGeneration() {
		problems = append(problems, fmt.Sprintf("%s is of generation %d, the object of %d", c.Type, c.ObservedGeneration, o.GetGeneration()))
	}
	if !slices.Contains(reasons(), c.Reason) {
		problems = append(problems, fmt.Sprintf("%s has the reason %q, which the API does not know", c.Type, c.Reason))
	}
	if len(c.Message) < 10 || !slices.Contains([]byte(".)"), c.Message[len(c.Message)-1]) {
		problems = append(problems, fmt.Sprintf("%s has no sentence for a message: %q", c.Type, c.Message))
	}
	if times.MatchString(c.Message) {
		problems = append(problems, fmt.Sprintf("%s has a message that changes by itself: %q", c.Type, c.Message))
	}
	return problems
}

// kindsOf are the conditions of a kind, in order.
func kindsOf(o client.Object) []string {
	switch o.(type) {
	case *v1alpha1.Gateway:
		return []string{
			v1alpha1.ConditionAccepted, v1alpha1.ConditionResolvedRefs, v1alpha1.ConditionRedisReady,
			v1alpha1.ConditionPostgresReady, v1alpha1.ConditionProgrammed, v1alpha1.ConditionReady,
		}
	case *v1alpha1.ModelProvider:
		return []string{
			v1alpha1.ConditionAccepted, v1alpha1.ConditionResolvedRefs, v1alpha1.ConditionModelsAvailable, v1alpha1.ConditionReady,
		}
	default:
		return []string{
			v1alpha1.ConditionAccepted, v1alpha1.ConditionResolvedRefs, v1alpha1.ConditionProgrammed, v1alpha1.ConditionReady,
		}
	}
}

// reasons are all that the API names.
func reasons() []string {
	return []string{
		v1alpha1.ReasonPending, v1alpha1.ReasonInvalid, v1alpha1.ReasonAccepted, v1alpha1.ReasonConflicted, v1alpha1.ReasonEndpointNotAllowed,
		v1alpha1.ReasonNotAllowed, v1alpha1.ReasonGatewayNotFound, v1alpha1.ReasonResolvedRefs, v1alpha1.ReasonProviderNotFound,
		v1alpha1.ReasonRefNotPermitted, v1alpha1.ReasonSecretNotFound, v1alpha1.ReasonSecretKeyMissing,
		v1alpha1.ReasonModelNotAvailable, v1alpha1.ReasonProgrammed, v1alpha1.ReasonNoReadyReplicas, v1alpha1.ReasonRejected,
		v1alpha1.ReasonNotAccepted, v1alpha1.ReasonNoRoute, v1alpha1.ReasonModelsAvailable, v1alpha1.ReasonNoModelsListed,
		v1alpha1.ReasonPulling, v1alpha1.ReasonPullFailed, v1alpha1.ReasonServerNotReady, v1alpha1.ReasonDisabled,
		v1alpha1.ReasonAvailable, v1alpha1.ReasonUnavailable, v1alpha1.ReasonReady, v1alpha1.ReasonDegraded,
		v1alpha1.ReasonNotProgrammed, v1alpha1.ReasonNoTargetReady, v1alpha1.ReasonWorkloadNotReady, v1alpha1.ReasonNoPolicy,
		v1alpha1.ReasonExpired, v1alpha1.ReasonMajorVersion, v1alpha1.ReasonNotInstalled, v1alpha1.ReasonRestoreFailed, v1alpha1.ReasonScaledToZero,
	}
}

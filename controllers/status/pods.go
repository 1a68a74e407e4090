package status

import (
	"cmp"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// PodReady says whether a Pod is ready and stays.
func PodReady(p *corev1.Pod) bool {
	if p.DeletionTimestamp != nil {
		return false
	}
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

// PodTrouble says what keeps the first of the Pods, by name, from running, as a sentence; empty where nothing is known.
func PodTrouble(pods []corev1.Pod) string {
	ordered := slices.SortedFunc(slices.Values(pods), func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	for i := range ordered {
		if trouble := trouble(&ordered[i]); trouble != "" {
			return fmt.Sprintf(" Pod %s: %s.", ordered[i].Name, trouble)
		}
	}
	return ""
}

// trouble names only reasons: the messages beside them hold counters and times, which would make a status change for ever.
func trouble(p *corev1.Pod) string {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason
		}
	}
	for _, s := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		if w := s.State.Waiting; w != nil && w.Reason != "PodInitializing" && w.Reason != "ContainerCreating" {
			return w.Reason
		}
	}
	return ""
}

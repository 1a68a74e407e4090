package modelprovider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestNews: what happens to a model is told once, and a try that fails like the one before is not.
func TestNews(t *testing.T) {
	type model = v1alpha1.ModelStatus
	const ready, pulling, pending, failed = v1alpha1.ModelReady, v1alpha1.ModelPulling, v1alpha1.ModelPending, v1alpha1.ModelFailed
	for name, tc := range map[string]struct {
		was, is model
		want    []string
	}{
		"Begins":        {model{State: pending}, model{State: pulling}, []string{status.EventPullStarted}},
		"GoesOn":        {model{State: pulling, Percent: 1}, model{State: pulling, Percent: 2}, nil},
		"IsThere":       {model{State: pulling}, model{State: ready, Digest: "a"}, []string{status.EventModelPulled}},
		"WasThere":      {model{}, model{State: ready, Digest: "a"}, nil},
		"Fails":         {model{State: pulling}, model{State: failed, Reason: "NotFound"}, []string{v1alpha1.ReasonPullFailed}},
		"FailsAgain":    {model{State: failed, Reason: "NotFound"}, model{State: failed, Reason: "NotFound", Message: "x"}, nil},
		"FailsElse":     {model{State: failed, Reason: "NotFound"}, model{State: failed, Reason: "DiskFull"}, []string{v1alpha1.ReasonPullFailed}},
		"TriesAgain":    {model{State: failed, Reason: "DiskFull"}, model{State: pulling, Reason: "DiskFull"}, nil},
		"TriedInVain":   {model{State: pulling, Reason: "DiskFull"}, model{State: failed, Reason: "DiskFull"}, nil},
		"CameAfterAll":  {model{State: pulling, Reason: "DiskFull"}, model{State: ready}, []string{status.EventModelPulled}},
		"IsReplaced":    {model{State: ready, Digest: "a"}, model{State: ready, Digest: "b"}, []string{status.EventModelPulled}},
		"DigestIsKnown": {model{State: ready}, model{State: ready, Digest: "b"}, nil},
		"NewVersion":    {model{State: ready, Digest: "a"}, model{State: ready, Digest: "a", AvailableDigest: "b"}, []string{status.EventModelUpdateAvailable}},
		"StillNew":      {model{State: ready, AvailableDigest: "b"}, model{State: ready, AvailableDigest: "b"}, nil},
		"UpdateFails":   {model{State: ready}, model{State: ready, Reason: "DiskFull"}, []string{v1alpha1.ReasonPullFailed}},
	} {
		t.Run(name, func(t *testing.T) {
			told := newsOf(tc.was, tc.is)
			got := make([]string, len(told))
			for i, n := range told {
				got[i] = n.reason
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

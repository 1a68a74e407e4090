package compile

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	defaultWindow = v1alpha1.Duration("1m")
	// A window must not be so short that counting takes longer, nor so long that no store keeps what was counted.
	shortestWindow, longestWindow = time.Second, 366 * 24 * time.Hour
)

// effectiveLimits says for each limit what it leaves out.
func effectiveLimits(limits []v1alpha1.RateLimit) []v1alpha1.RateLimit {
	limits = slices.Clone(limits)
	for i := range limits {
		if limits[i].Per == "" {
			limits[i].Per = v1alpha1.LimitPerKey
		}
		if limits[i].Window == "" {
			limits[i].Window = defaultWindow
		}
	}
	return limits
}

// checkLimits finds a limit that bounds nothing, or whose window nobody can count in.
func checkLimits(limits []v1alpha1.RateLimit) *Problem {
	for _, l := range limits {
		if l.Requests <= 0 && l.Tokens <= 0 && l.Parallel <= 0 {
			return invalid("Limit %q in spec.rateLimits bounds nothing. Set requests, tokens or parallel.", l.Name)
		}
		if l.Window == "" {
			continue
		}
		if d, err := time.ParseDuration(string(l.Window)); err != nil || d < shortestWindow || d > longestWindow {
			return invalid("Limit %q in spec.rateLimits has the window %q; it must be between 1s and 8784h, for example 1m.", l.Name, l.Window)
		}
	}
	return nil
}

// checkKeyLimits does so for the limits of a key, which knows neither aliases nor targets.
func checkKeyLimits(limits []v1alpha1.RateLimit) *Problem {
	for _, l := range limits {
		if l.Per == v1alpha1.LimitPerAlias || l.Per == v1alpha1.LimitPerTarget {
			return invalid("Limit %q in spec.rateLimits is per %s, which only a ModelAlias may say. Make it per Key or User, or move it to the alias.",
				l.Name, l.Per)
		}
	}
	return checkLimits(limits)
}

// checkSelector finds a selector that cannot be read. path is where it stands.
func checkSelector(path string, s *metav1.LabelSelector) *Problem {
	if _, err := metav1.LabelSelectorAsSelector(s); err != nil {
		return invalid("%s cannot be read: %s.", path, err.Error())
	}
	return nil
}

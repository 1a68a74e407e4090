package fault

import (
	"regexp"
	"strings"
)

// secrets are what looks like a key or a token, or names an organization or a project of an account.
var secrets = regexp.MustCompile(
	`\b(?:(?:sk|gsk|xai|org|proj|csk|nvapi|pplx)[-_]|AIza)[A-Za-z0-9*_\-]{8,}|\bAQ\.[A-Za-z0-9_\-]{20,}|\bya29\.[A-Za-z0-9_.\-]+|(?i:\bbearer) [A-Za-z0-9_.~+/=\-]{8,}`)

// maxRepeated bounds what Repeat leaves of a message, in bytes.
const maxRepeated = 1 << 10

// Repeat is what a client may see of a message that an upstream wrote: without anything that looks like a key or names the account,
// in valid UTF-8, and not longer than a person reads.
func Repeat(message string) string {
	message = secrets.ReplaceAllString(message, "***")
	return strings.ToValidUTF8(message[:min(len(message), maxRepeated)], "")
}

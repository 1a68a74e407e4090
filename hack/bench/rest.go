package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// restTime is how long the stack is watched at rest.
const restTime = 2 * time.Minute

// AtRest counts what the operator and the gateways write to the API server while nobody changes anything, by the API server's own
// audit log. Renewals of Leases are counted apart.
func AtRest(ctx context.Context, figures *Figures, audit string) error {
	return atRest(ctx, figures, "rest", audit)
}

// atRest prints its figures under names that begin with a prefix.
func atRest(ctx context.Context, figures *Figures, prefix, audit string) error {
	file, err := os.Open(audit)
	if err != nil {
		return fmt.Errorf("opening the audit log: %w", err)
	}
	defer file.Close()
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		return fmt.Errorf("finding the end of the audit log: %w", err)
	}
	timer := time.NewTimer(restTime)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	}
	writes, leases, err := countWrites(file)
	if err != nil {
		return err
	}
	figures.Print(prefix+"_api_writes", float64(writes), "writes/2min")
	figures.Print(prefix+"_lease_renewals", float64(leases), "writes/2min")
	return nil
}

// auditEvent is what is needed of one line of the audit log.
// Source: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/
type auditEvent struct {
	Stage string `json:"stage"`
	Verb  string `json:"verb"`
	User  struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource  string `json:"resource"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	} `json:"objectRef"`
}

// countWrites counts the completed writes of Fairlead's service accounts in an audit log.
func countWrites(log io.Reader) (writes, leases int, err error) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var event auditEvent
		if json.Unmarshal(lines.Bytes(), &event) != nil || event.Stage != "ResponseComplete" || !ours(event.User.Username) {
			continue
		}
		switch event.Verb {
		case "create", "update", "patch", "delete", "deletecollection":
			if event.ObjectRef.Resource == "leases" {
				leases++
				continue
			}
			writes++
			fmt.Fprintf(os.Stderr, "write at rest: %s %s %s/%s by %s\n", event.Verb, event.ObjectRef.Resource,
				event.ObjectRef.Namespace, event.ObjectRef.Name, event.User.Username)
		}
	}
	return writes, leases, lines.Err()
}

// ours says whether a user is the operator or a gateway of the sample stack.
func ours(username string) bool {
	return strings.HasPrefix(username, "system:serviceaccount:fairlead-system:") || strings.HasPrefix(username, "system:serviceaccount:ai:")
}

package compile

import (
	"strings"

	"github.com/robfig/cron/v3"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// checkBackup finds a schedule that Kubernetes would not take: it reads schedules with the same library.
func checkBackup(p *v1alpha1.Postgres) *Problem {
	if p == nil || p.Backup == nil {
		return nil
	}
	const path, example = "spec.postgres.backup.schedule", "Five fields of cron are expected, as in `0 3 * * *`, every night at three."
	schedule := p.Backup.Schedule
	if strings.Contains(schedule, "TZ") {
		return invalid("%s %q names a time zone. It is always in UTC. %s", path, schedule, example)
	}
	if _, err := cron.ParseStandard(schedule); err != nil {
		return invalid("%s %q cannot be read: %s. %s", path, schedule, err, example)
	}
	return nil
}

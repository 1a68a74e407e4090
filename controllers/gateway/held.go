package gateway

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// heldImage returns the image that goes on running, because the wanted one is of another major version than the database on the
// volume, as far as its tag says that. Without a workload nothing runs that could go on.
func heldImage(g *v1alpha1.Gateway, workload *appsv1.StatefulSet, major int32, images render.Images) string {
	containers := workload.Spec.Template.Spec.Containers
	if s := g.Spec.Postgres.AsStore(); s == nil || s.Mode != v1alpha1.StoreManaged || len(containers) == 0 || major == 0 {
		return ""
	}
	wanted, running := render.ImageMajor(render.WantedPostgresImage(g, images)), render.ImageMajor(containers[0].Image)
	if wanted == 0 || wanted == major || (running != 0 && running != major) {
		return ""
	}
	return containers[0].Image
}

// runsOn is part of what is said of a store that is not what the spec wants, and runs.
const runsOn = "The one before goes on running."

// postgresHeld adds to the condition of a managed PostgreSQL what it is not ready for: an image that is not taken, and a backup that
// was not made.
func (s surroundings) postgresHeld(g *v1alpha1.Gateway, images render.Images, c metav1.Condition) metav1.Condition {
	if c.Status != metav1.ConditionTrue || c.Reason != v1alpha1.ReasonAvailable {
		return c
	}
	if s.stores.heldImage != "" {
		wanted := render.ImageMajor(render.WantedPostgresImage(g, images))
		c = status.False(c.Type, g.Generation, v1alpha1.ReasonMajorVersion,
			render.MajorVersionMessage(s.stores.major(g), wanted)+" "+runsOn)
	}
	if s.stores.backup.failed != "" {
		c.Message += " " + s.stores.backup.failed
	}
	return c
}

// withoutStore says what a store that is not as it should be means for the gateway.
func withoutStore(message string) string {
	if strings.Contains(message, runsOn) {
		return message
	}
	return message + " The gateway serves without it."
}

package gateway

import (
	"context"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// managedStores is what is known of the stores that the operator runs.
type managedStores struct {
	redis, postgres managedStore
	// heldImage is the image of PostgreSQL that goes on running although another one is wanted; empty where the wanted one runs.
	heldImage string
	backup    backupState
}

// managedStore is one of them. Its zero value is one of which nothing is known.
type managedStore struct {
	password render.Password
	// stuck says why the password could not be changed; empty where nothing stands against that.
	stuck string
	// pods holds the store's Pod, if there is one.
	pods []corev1.Pod
}

// gatherStores reads the Pods of managed stores and what became of backups. It comes after the workloads.
func (r *Reconciler) gatherStores(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) error {
	for name, m := range map[string]*managedStore{
		render.RedisName(g.Name): &s.stores.redis, render.PostgresName(g.Name): &s.stores.postgres,
	} {
		pod := corev1.Pod{}
		err := r.Client.Get(ctx, types.NamespacedName{Namespace: g.Namespace, Name: name + "-0"}, &pod)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading Pod %s-0: %w", name, err)
		}
		if err == nil {
			m.pods = []corev1.Pod{pod}
		}
	}
	s.stores.heldImage = heldImage(g, s.postgres, s.stores.major(g), r.Installation.Images)
	var err error
	s.stores.backup, err = r.gatherBackup(ctx, g)
	return err
}

// ended is how the init container of the store's Pod ended last; nil where it has not.
func (m managedStore) ended() *corev1.ContainerStateTerminated {
	for _, pod := range m.pods {
		for _, c := range pod.Status.InitContainerStatuses {
			if c.Name != render.InitContainer {
				continue
			}
			if c.State.Terminated != nil {
				return c.State.Terminated
			}
			return c.LastTerminationState.Terminated
		}
	}
	return nil
}

// refusal says why the store does not run on its volume; the reason is empty where it does.
func (m managedStore) refusal() (reason, message string) {
	ended := m.ended()
	switch {
	case ended == nil || ended.Message == "":
		return "", ""
	case ended.ExitCode == render.ExitVersion:
		return v1alpha1.ReasonMajorVersion, ended.Message
	case ended.ExitCode == render.ExitRestore:
		return v1alpha1.ReasonRestoreFailed, ended.Message
	case ended.ExitCode == render.ExitForeign:
		return v1alpha1.ReasonUnavailable, ended.Message
	default:
		return "", ""
	}
}

// major is the major version of the database on the volume of PostgreSQL, or what was known of it last; 0 where nothing is.
func (m managedStores) major(g *v1alpha1.Gateway) int32 {
	if ended := m.postgres.ended(); ended != nil && ended.ExitCode == 0 {
		if n, err := strconv.ParseInt(ended.Message, 10, 32); err == nil {
			return int32(n)
		}
	}
	if g.Status.Postgres == nil {
		return 0
	}
	return g.Status.Postgres.MajorVersion
}

// describeStores writes into a status what is known of managed stores, as their Secrets and Pods say it.
func (s surroundings) describeStores(st *v1alpha1.GatewayStatus, g *v1alpha1.Gateway) {
	st.Redis, st.Postgres = nil, nil
	if store := g.Spec.Redis; store != nil && store.Mode == v1alpha1.StoreManaged {
		redis := v1alpha1.RedisStatus{PasswordVersion: render.ReadPassword(s.secrets[render.RedisName(g.Name)]).Version}
		if redis != (v1alpha1.RedisStatus{}) {
			st.Redis = &redis
		}
	}
	if store := g.Spec.Postgres.AsStore(); store == nil || store.Mode != v1alpha1.StoreManaged {
		return
	}
	postgres := v1alpha1.PostgresStatus{
		MajorVersion:    s.stores.major(g),
		PasswordVersion: render.ReadPassword(s.secrets[render.PostgresName(g.Name)]).Version,
		LastBackupTime:  s.stores.backup.last,
	}
	if postgres != (v1alpha1.PostgresStatus{}) {
		st.Postgres = &postgres
	}
}

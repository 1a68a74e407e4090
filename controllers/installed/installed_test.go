package installed_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fairlead-dev/fairlead/controllers/installed"
)

// server answers as it is told to.
type server struct {
	kinds []string
	err   error
	asked int
}

func (s *server) ServerResourcesForGroupVersionWithContext(_ context.Context, version string) (*metav1.APIResourceList, error) {
	s.asked++
	if s.err != nil {
		return nil, s.err
	}
	list := &metav1.APIResourceList{GroupVersion: version}
	for _, k := range s.kinds {
		list.APIResources = append(list.APIResources, metav1.APIResource{Kind: k})
	}
	return list, nil
}

var cluster = schema.GroupVersionKind{Group: "postgresql.cnpg.io", Version: "v1", Kind: "Cluster"}

// TestHas goes through the life of a definition: absent, installed, out of sight, removed.
func TestHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		absent := apierrors.NewNotFound(schema.GroupResource{}, "")
		s := &server{err: errors.New("connection refused")}
		kinds := installed.New(s)
		if has, err := kinds.Has(t.Context(), cluster); err == nil || has {
			t.Errorf("without any answer: got %v, %v, want an error", has, err)
		}
		for i, step := range []struct {
			server server
			wait   time.Duration
			want   bool
			asked  int
		}{
			{server{err: absent}, 0, false, 1},
			{server{kinds: []string{"Cluster"}}, 29 * time.Second, false, 0},
			{server{kinds: []string{"Backup"}}, time.Second, false, 1},
			{server{kinds: []string{"Backup", "Cluster"}}, 30 * time.Second, true, 1},
			{server{err: errors.New("connection refused")}, 30 * time.Second, true, 1},
			{server{err: errors.New("connection refused")}, time.Second, true, 0},
			{server{err: absent}, 30 * time.Second, false, 1},
		} {
			<-time.After(step.wait)
			*s = step.server
			has, err := kinds.Has(t.Context(), cluster)
			if err != nil || has != step.want || s.asked != step.asked {
				t.Errorf("step %d: got %v, %v after %d questions, want %v after %d", i, has, err, s.asked, step.want, step.asked)
			}
		}
	})
}

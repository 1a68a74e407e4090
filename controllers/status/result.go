package status

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// soon is when to look again after somebody else changed an object first: by then the cache has the new version.
const soon = 20 * time.Millisecond

// Result says what a reconcile that ended with err does next: wait for after, where that is not zero, or for a change.
// An object that is gone needs nothing, and a conflict is no news.
func Result(after time.Duration, err error) (ctrl.Result, error) {
	switch {
	case err == nil:
		return ctrl.Result{RequeueAfter: after}, nil
	case apierrors.IsConflict(err):
		return ctrl.Result{RequeueAfter: soon}, nil
	case apierrors.IsNotFound(err) && writing(err):
		return ctrl.Result{}, nil
	default:
		return ctrl.Result{}, err
	}
}

// writeError marks an error of writing a status, so that a deletion meanwhile is told from anything else that is not found.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

func writing(err error) bool {
	var w writeError
	return errors.As(err, &w)
}

// Write writes the status of after, if it differs from before's, and only over the version that before is of. It leaves after
// in the version that was written.
func Write(ctx context.Context, c client.Client, before, after client.Object) error {
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	data, err := client.MergeFrom(before).Data(after)
	if err != nil {
		return fmt.Errorf("comparing the status of %s: %w", client.ObjectKeyFromObject(before), err)
	}
	if string(data) == "{}" {
		return nil
	}
	if err := c.Status().Patch(ctx, after, patch); err != nil {
		return writeError{fmt.Errorf("writing the status of %s: %w", client.ObjectKeyFromObject(before), err)}
	}
	return nil
}

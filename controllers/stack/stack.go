package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Label holds the name of the stack that an object belongs to.
const Label = "fairlead.dev/stack"

// fieldOwner is the name under which a stack is applied.
const fieldOwner = client.FieldOwner("fairlead-stack")

// pause between two attempts, and between two looks at whether something is gone.
const pause = time.Second

// Stack is a set of objects in one namespace.
type Stack struct {
	// Client of the API server. It needs get, list, create, patch and delete on the product's kinds in Namespace.
	Client client.Client
	// Name tells the stack from others in its namespace.
	Name string
	// Namespace that all of its objects are in.
	Namespace string
	// Report gets a line for each object: `Gateway.fairlead.dev/main created`.
	Report io.Writer
}

// ForeignError says that an object has the name of one of the stack's and does not belong to it.
type ForeignError struct {
	// Object is `ModelAlias.fairlead.dev/chat`.
	Object string
	// Stack that it should belong to.
	Stack string
}

// Error says what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s exists and is not of this installation: delete it, name it otherwise in the installation's values, "+
		"or hand it over with the label %s=%s", e.Object, Label, e.Stack)
}

// Apply makes the namespace hold exactly these objects of the stack. What the API server cannot do yet is tried again until ctx ends: it
// takes a moment to learn definitions and fields that are new. What it will never take ends it at once, as does a ForeignError.
// Nothing is deleted before everything is applied.
func (s *Stack) Apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	wanted := map[types.UID]bool{}
	for _, object := range objects {
		err := persevere(ctx, func() error { return s.apply(ctx, object) })
		if err != nil {
			return fmt.Errorf("applying %s: %w", title(object), err)
		}
		wanted[object.GetUID()] = true
	}
	return persevere(ctx, func() error {
		_, err := s.remove(ctx, func(o *unstructured.Unstructured) bool { return !wanted[o.GetUID()] })
		return err
	})
}

// Delete deletes every object of the stack and returns when they are gone.
func (s *Stack) Delete(ctx context.Context) error {
	return persevere(ctx, func() error {
		left, err := s.remove(ctx, func(*unstructured.Unstructured) bool { return true })
		if err == nil && left > 0 {
			return fmt.Errorf("waiting for the end of %d objects", left)
		}
		return err
	})
}

// apply applies one object, which holds what the API server made of it afterwards.
func (s *Stack) apply(ctx context.Context, object *unstructured.Unstructured) error {
	before := &unstructured.Unstructured{}
	before.SetGroupVersionKind(object.GroupVersionKind())
	err := s.Client.Get(ctx, client.ObjectKeyFromObject(object), before)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	exists := err == nil
	if exists && before.GetLabels()[Label] != s.Name {
		return &ForeignError{Object: title(object), Stack: s.Name}
	}
	labels := object.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[Label] = s.Name
	wanted := object.DeepCopy()
	wanted.SetLabels(labels)
	if err := s.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(wanted), fieldOwner, client.ForceOwnership); err != nil {
		return err
	}
	object.SetUID(wanted.GetUID())
	switch {
	case !exists:
		s.report(object, "created")
	case before.GetGeneration() == wanted.GetGeneration():
		s.report(object, "unchanged")
	default:
		s.report(object, "configured")
	}
	return nil
}

// remove deletes the objects of the stack that unwanted chooses, and returns how many of them there still are.
func (s *Stack) remove(ctx context.Context, unwanted func(*unstructured.Unstructured) bool) (left int, err error) {
	for _, kind := range kinds() {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
		err := s.Client.List(ctx, list, client.InNamespace(s.Namespace), client.MatchingLabels{Label: s.Name})
		if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
			continue // without its definition there is nothing of that kind
		}
		if err != nil {
			return left, fmt.Errorf("listing what belongs to the stack: %w", err)
		}
		for i := range list.Items {
			object := &list.Items[i]
			if !unwanted(object) {
				continue
			}
			left++
			if err := s.delete(ctx, object); err != nil {
				return left, err
			}
		}
	}
	return left, nil
}

// delete deletes exactly the object that was read, unless it is being deleted already.
func (s *Stack) delete(ctx context.Context, object *unstructured.Unstructured) error {
	if object.GetDeletionTimestamp() != nil {
		return nil
	}
	err := s.Client.Delete(ctx, object, client.Preconditions{UID: new(object.GetUID())})
	if err != nil {
		return client.IgnoreNotFound(fmt.Errorf("deleting %s: %w", title(object), err))
	}
	s.report(object, "deleted")
	return nil
}

func (s *Stack) report(object *unstructured.Unstructured, what string) {
	_, _ = fmt.Fprintf(s.Report, "%s %s\n", title(object), what)
}

// persevere repeats what may succeed later, until ctx ends. The error is that of the last attempt then.
func persevere(ctx context.Context, attempt func() error) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, pause, true, func(context.Context) (bool, error) {
		err := attempt()
		if err == nil {
			return true, nil
		}
		// An attempt that the end of ctx cut off tells less than the one before it.
		if last == nil || ctx.Err() == nil {
			last = err
		}
		if permanent(err) {
			return false, err
		}
		return false, nil
	})
	if err != nil && ctx.Err() != nil && last != nil {
		return fmt.Errorf("giving up: %w", last)
	}
	return err
}

// permanent says whether an error will be the same next time.
func permanent(err error) bool {
	_, foreign := errors.AsType[*ForeignError](err)
	return foreign || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)
}

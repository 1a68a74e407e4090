package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ForeignError says that an object which the operator would make exists already and is not its own. A person has to decide
// which of the two goes; retrying does not help.
type ForeignError struct {
	// Kind, Namespace and Name of the object.
	Kind, Namespace, Name string
}

// Error says what is in the way and what to do.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s %q in namespace %q exists already and does not belong to this object. Delete or rename it, or give this object another name.",
		e.Kind, e.Name, e.Namespace)
}

func foreign(object client.Object, scheme *runtime.Scheme) *ForeignError {
	return &ForeignError{
		Kind: kindOf(object, scheme).Kind, Namespace: object.GetNamespace(), Name: object.GetName(),
	}
}

// RefusedError says that the API server does not take an object. Either the spec that it was rendered from says something that the
// schema admits and that makes no valid object, such as a request above its limit; or the cluster does not let it be made: a policy,
// a quota, a right that the operator was not given, a namespace that is not there. A person has to put it right.
type RefusedError struct {
	// Kind, Namespace and Name of the object.
	Kind, Namespace, Name string
	// Why lists what is wrong with the object, as "field: reason", in alphabetical order.
	Why []string
	// Denied is what the cluster has against the object; empty where it is not valid.
	Denied string
}

// Error says what was refused, and why.
func (e *RefusedError) Error() string {
	refuses := fmt.Sprintf("The API server refuses %s %q in namespace %q", e.Kind, e.Name, e.Namespace)
	if e.Denied != "" {
		return fmt.Sprintf("%s: %s.", refuses, strings.TrimRight(e.Denied, ".\n "))
	}
	return fmt.Sprintf("%s. Correct the spec: %s.", refuses, strings.Join(e.Why, "; "))
}

// refused returns the RefusedError that err comes to, or nil. The API server lists what is wrong in any order.
func refused(object client.Object, err error) *RefusedError {
	var answer apierrors.APIStatus
	if !errors.As(err, &answer) || (!apierrors.IsInvalid(err) && !denied(object, err)) {
		return nil
	}
	e := &RefusedError{
		Kind: object.GetObjectKind().GroupVersionKind().Kind, Namespace: object.GetNamespace(), Name: object.GetName(),
	}
	if denied(object, err) {
		e.Denied = answer.Status().Message
		return e
	}
	if details := answer.Status().Details; details != nil {
		for _, cause := range details.Causes {
			e.Why = append(e.Why, cause.Field+": "+cause.Message)
		}
	}
	slices.Sort(e.Why)
	e.Why = slices.Compact(e.Why)
	return e
}

// notDeclared is how the API server begins to say that the definition of a kind has no such field: it is one of another version. It gives
// no reason for programs with it.
const notDeclared = "failed to create typed patch object"

// denied says whether the cluster does not let an object be made. A webhook answers with the code that it likes: 403 or 400. What is
// not found is not the object, which would be made then, but what it needs: its namespace, or the role of a binding. What is in a
// namespace that is being deleted solves itself.
func denied(object client.Object, err error) bool {
	switch {
	case apierrors.IsForbidden(err):
		return !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause)
	case apierrors.IsNotFound(err):
		var answer apierrors.APIStatus
		if !errors.As(err, &answer) || answer.Status().Details == nil {
			return false
		}
		missing := answer.Status().Details
		return missing.Kind == "namespaces" || (missing.Name != "" && missing.Name != object.GetName())
	}
	return apierrors.IsBadRequest(err) || strings.Contains(err.Error(), notDeclared)
}

// aboutOne says whether an error is an answer of the API server that says nothing about other objects.
func aboutOne(err error) bool {
	if _, ok := errors.AsType[*RefusedError](err); ok {
		return true
	}
	var answer apierrors.APIStatus
	return errors.As(err, &answer) && !apierrors.IsTimeout(err) && !apierrors.IsServerTimeout(err) &&
		!apierrors.IsTooManyRequests(err) && !apierrors.IsServiceUnavailable(err)
}

// Mistake returns the ForeignError or RefusedError in err's chain: what a person has to put right. It returns nil for any other
// error.
func Mistake(err error) error {
	if foreign, ok := errors.AsType[*ForeignError](err); ok {
		return foreign
	}
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused
	}
	return nil
}

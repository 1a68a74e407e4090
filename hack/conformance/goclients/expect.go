package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// expectModels wants every alias in a list of models.
func (s *scenario) expectModels(ids []string) error {
	for _, p := range s.Providers {
		if !slices.Contains(ids, p+"-model") {
			return fmt.Errorf("%s-model is not in %v", p, ids)
		}
	}
	return nil
}

// expectVectors wants vectors of the texts of the scenario, of which the first and the third are equal.
func (s *scenario) expectVectors(vectors [][]float64) error {
	if len(vectors) != len(s.Texts) {
		return fmt.Errorf("%d vectors, wanted %d", len(vectors), len(s.Texts))
	}
	sum := 0.0
	for _, x := range vectors[0] {
		sum += x * x
	}
	if len(vectors[0]) < 2 || math.Abs(sum-1) > 1e-3 {
		return fmt.Errorf("the first vector is no unit vector: %v", vectors[0])
	}
	if reflect.DeepEqual(vectors[0], vectors[1]) || !reflect.DeepEqual(vectors[0], vectors[2]) {
		return errors.New("only vectors of equal texts must be equal")
	}
	return nil
}

// wide are the same numbers with more digits.
func wide(vectors [][]float32) [][]float64 {
	all := make([][]float64, len(vectors))
	for i, v := range vectors {
		for _, x := range v {
			all[i] = append(all[i], float64(x))
		}
	}
	return all
}

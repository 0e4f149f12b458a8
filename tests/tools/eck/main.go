// Has ECK itself judge objects of its kinds, as its webhook would: reads them as a JSON list, and writes
// what it has against each, an empty text where nothing.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"

	beat "github.com/elastic/cloud-on-k8s/v2/pkg/apis/beat/v1beta1"
	elasticsearch "github.com/elastic/cloud-on-k8s/v2/pkg/apis/elasticsearch/v1"
	kibana "github.com/elastic/cloud-on-k8s/v2/pkg/apis/kibana/v1"
	"github.com/elastic/cloud-on-k8s/v2/pkg/controller/common/license"
	"github.com/elastic/cloud-on-k8s/v2/pkg/controller/elasticsearch/validation"
)

func judged(object json.RawMessage) error {
	var head struct{ Kind string }
	if err := json.Unmarshal(object, &head); err != nil {
		return err
	}
	strict := json.NewDecoder(bytes.NewReader(object))
	strict.DisallowUnknownFields()
	switch head.Kind {
	case "Beat":
		var body beat.Beat
		if err := strict.Decode(&body); err != nil {
			return err
		}
		_, err := body.ValidateCreate()
		return err
	case "Elasticsearch":
		var body elasticsearch.Elasticsearch
		if err := strict.Decode(&body); err != nil {
			return err
		}
		checker := license.MockLicenseChecker{}
		return validation.ValidateElasticsearch(context.Background(), body, checker, nil)
	case "Kibana":
		var body kibana.Kibana
		if err := strict.Decode(&body); err != nil {
			return err
		}
		_, err := body.ValidateCreate()
		return err
	}
	return fmt.Errorf("no kind of ours: %s", head.Kind)
}

func main() {
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		panic(err)
	}
	said := make([]string, len(objects))
	for i, object := range objects {
		if err := judged(object); err != nil {
			said[i] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		panic(err)
	}
}

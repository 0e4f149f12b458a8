// Sends one trace as Seldon's executor does: by Jaeger's client, told everything by the environment
// (SeldonIO/seldon-core executor/api/tracing). Argument: the service's name.
package main

import (
	"os"

	"github.com/uber/jaeger-client-go/config"
)

func main() {
	settings, err := config.FromEnv()
	if err != nil {
		panic(err)
	}
	settings.ServiceName = os.Args[1]
	tracer, closer, err := settings.NewTracer()
	if err != nil {
		panic(err)
	}
	tracer.StartSpan("predictions").Finish()
	if err := closer.Close(); err != nil {
		panic(err)
	}
}

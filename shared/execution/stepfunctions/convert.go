package stepfunctions

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/apiq/apiq/shared/execution"
)

// convert gives an event the form of the port: the one details object that it has,
// by the names of the wire, which are the SDK's with a small first letter.
func convert(in types.HistoryEvent) (execution.HistoryEvent, error) {
	out := execution.HistoryEvent{ID: in.Id, PreviousID: in.PreviousEventId, Type: string(in.Type), Timestamp: aws.ToTime(in.Timestamp).UTC()}
	v := reflect.ValueOf(in)
	for i := range v.NumField() {
		field, name := v.Field(i), v.Type().Field(i).Name
		if field.Kind() != reflect.Pointer || field.IsNil() || !strings.HasSuffix(name, "EventDetails") {
			continue
		}
		details := members(field.Elem())
		errorName, _ := details["error"].(string)
		if cause, ok := details["cause"].(string); ok {
			details["cause"] = execution.PlainCause(errorName, cause)
		}
		raw, err := json.Marshal(details)
		if err != nil {
			return execution.HistoryEvent{}, fmt.Errorf("stepfunctions: event %d: %w", in.Id, err)
		}
		out.DetailsKey, out.Details = onWire(name), raw
		break
	}
	return out, nil
}

func onWire(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// members are the fields of an SDK's struct that are set, by their names on the wire.
func members(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		field, f := v.Field(i), v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		if field.Kind() == reflect.Pointer || field.Kind() == reflect.Map {
			if field.IsNil() {
				continue
			}
		}
		field = reflect.Indirect(field)
		if field.Kind() == reflect.Struct {
			out[onWire(f.Name)] = members(field)
			continue
		}
		out[onWire(f.Name)] = field.Interface()
	}
	return out
}

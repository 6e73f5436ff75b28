package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Shape is what of the deployed stacks costs something, or says what something costs.
type Shape struct {
	Env          string
	Keys         int
	Secrets      int
	AlarmMetrics int
	Dashboards   int
	WAFRules     int // zero: no web ACL
	// MemoryMB of functions, by id.
	MemoryMB map[string]float64
	// Firings a month of the platform's schedules, by name.
	Firings map[string]float64
}

type resource struct {
	Type       string
	Properties map[string]any
}

// readShape reads the templates of an assembly.
func readShape(folder string) (Shape, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.template.json"))
	if err != nil {
		return Shape{}, err
	}
	s := Shape{MemoryMB: map[string]float64{}, Firings: map[string]float64{}}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Shape{}, err
		}
		var template struct{ Resources map[string]resource }
		if err := json.Unmarshal(raw, &template); err != nil {
			return Shape{}, fmt.Errorf("%s: %w", file, err)
		}
		if env, ok := strings.CutPrefix(strings.TrimSuffix(filepath.Base(file), "-data.template.json"), "apiq-"); ok && strings.HasSuffix(file, "-data.template.json") {
			s.Env = env
		}
		for _, r := range template.Resources {
			if err := s.take(r); err != nil {
				return Shape{}, fmt.Errorf("%s: %w", file, err)
			}
		}
	}
	if s.Env == "" || len(s.MemoryMB) == 0 {
		return Shape{}, fmt.Errorf("%s has no templates of APIQ: run make synth", folder)
	}
	for name, memory := range s.MemoryMB {
		if id, ok := strings.CutPrefix(name, "apiq-"+s.Env+"-"); ok {
			delete(s.MemoryMB, name)
			s.MemoryMB[id] = memory
		}
	}
	return s, nil
}

func (s *Shape) take(r resource) error {
	switch r.Type {
	case "AWS::KMS::Key":
		s.Keys++
	case "AWS::SecretsManager::Secret":
		s.Secrets++
	case "AWS::CloudWatch::Dashboard":
		s.Dashboards++
	case "AWS::CloudWatch::Alarm":
		metrics := 1
		if queries, ok := r.Properties["Metrics"].([]any); ok {
			metrics = 0
			for _, q := range queries {
				if one, ok := q.(map[string]any); ok && one["MetricStat"] != nil {
					metrics++
				}
			}
		}
		s.AlarmMetrics += metrics
	case "AWS::WAFv2::WebACL":
		rules, _ := r.Properties["Rules"].([]any)
		s.WAFRules += len(rules)
	case "AWS::Lambda::Function":
		name, named := r.Properties["FunctionName"].(string)
		memory, sized := r.Properties["MemorySize"].(float64)
		if named && sized {
			s.MemoryMB[name] = memory
		}
	case "AWS::Scheduler::Schedule":
		name, _ := r.Properties["Name"].(string)
		expression, _ := r.Properties["ScheduleExpression"].(string)
		n, err := firings(expression)
		if err != nil {
			return fmt.Errorf("schedule %s: %w", name, err)
		}
		s.Firings[name] = n
	}
	return nil
}

var (
	rate    = regexp.MustCompile(`^rate\((\d+) (minute|hour|day)s?\)$`)
	daily   = regexp.MustCompile(`^cron\(\d+ \d+ \* \* \? \*\)$`)
	monthly = regexp.MustCompile(`^cron\(\d+ \d+ \d+ \* \? \*\)$`)
)

// days is a month's, on average.
const days = 365.0 / 12

// firings is how often a schedule fires in a month.
func firings(expression string) (float64, error) {
	if m := rate.FindStringSubmatch(expression); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n == 0 {
			return 0, fmt.Errorf("%q", expression)
		}
		return days * map[string]float64{"minute": 24 * 60, "hour": 24, "day": 1}[m[2]] / float64(n), nil
	}
	if daily.MatchString(expression) {
		return days, nil
	}
	if monthly.MatchString(expression) {
		return 1, nil
	}
	return 0, fmt.Errorf("%q: how often is that?", expression)
}

package grant

import (
	"strings"

	"github.com/apiq/apiq/infra/cdk/config"
	"github.com/apiq/apiq/infra/cdk/names"
	"github.com/apiq/apiq/shared/route"
	"github.com/apiq/apiq/shared/table/dynamo/schema"
	"github.com/apiq/apiq/statemachines"
)

// Rule gives a target of the route table its ARNs.
type Rule struct {
	Target route.Target
	// Actions are those that the rule is for. Defaults to all that no rule before
	// it took.
	Actions    []string
	Resources  []string
	Conditions map[string]map[string][]string
	// Why is the reason of a wildcard in Resources.
	Why string
}

// Reasons that several rules share.
const (
	whyObjects  = "Objects are named by tenant and content when they are written; the store below the domain puts the caller's tenant in front of every key."
	whyMachines = "A state machine is made for each version of a workflow, by the functions that this is granted to; the prefix is theirs alone."
)

func equals(key, value string) map[string]map[string][]string {
	return map[string]map[string][]string{"StringEquals": {key: {value}}}
}

// storage is the one key as S3 uses it: never directly, so that who may read blobs
// can not unwrap a data key.
func storage() map[string]map[string][]string {
	return equals("kms:ViaService", "s3."+names.Region+".amazonaws.com")
}

// credentials is the one key as package secret uses it: directly, and only under
// the encryption context of credentials, which no object of S3 has.
func credentials() map[string]map[string][]string {
	return map[string]map[string][]string{"StringEquals": {"kms:EncryptionContext:app": {"apiq"}, "kms:EncryptionContext:purpose": {"credentials"}}}
}

// trail is the table as far as a refused read writes it: DynamoDB judges the partition
// keys of what is asked for.
func trail() map[string]map[string][]string {
	return map[string]map[string][]string{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": route.TrailKeys()}}
}

func passed(service string) map[string]map[string][]string {
	return equals("iam:PassedToService", service+".amazonaws.com")
}

// Rules are the targets of the route table with their ARNs. One customer key serves
// storage and credentials: the conditions keep the two purposes as far apart as two
// keys would, for a dollar a month less, and two more after two rotations.
func Rules(n names.Names, c config.Config) []Rule {
	queried := []string{n.TableARN()}
	for _, index := range schema.Indexes() {
		queried = append(queried, n.IndexARN(index.Name))
	}
	return []Rule{
		{Target: route.TargetTable, Actions: []string{"dynamodb:Query"}, Resources: queried},
		{Target: route.TargetTable, Resources: []string{n.TableARN()}},
		{Target: route.TargetTrail, Resources: []string{n.TableARN()}, Conditions: trail()},
		{Target: route.TargetBucket, Actions: []string{"s3:ListBucket"}, Resources: []string{names.BucketARN(n.Blobs())}},
		{Target: route.TargetBucket, Resources: []string{names.BucketARN(n.Blobs()) + "/*"}, Why: whyObjects},
		{Target: route.TargetArchive, Actions: []string{"s3:ListBucket"}, Resources: []string{names.BucketARN(n.Archive())}},
		{Target: route.TargetArchive, Resources: []string{names.BucketARN(n.Archive()) + "/*"}, Why: whyObjects},
		{Target: route.TargetBlobKey, Resources: []string{names.Key}, Conditions: storage()},
		{Target: route.TargetKey, Resources: []string{names.Key}, Conditions: credentials()},
		{Target: route.TargetOwnKeys, Resources: c.OwnKeys, Conditions: credentials()},
		{Target: route.TargetSinkRoles, Resources: c.SinkRoles},
		{Target: route.TargetMachines, Resources: []string{n.MachinesARN()}, Why: whyMachines},
		{Target: route.TargetRuns, Resources: []string{n.RunsARN()}, Why: whyMachines},
		{Target: route.TargetRole, Resources: []string{names.RoleARN(n.StatesRole())}, Conditions: passed("states")},
		{Target: route.TargetImport, Resources: []string{n.MachineARN(statemachines.SpecImport)}},
		{Target: route.TargetClocks, Resources: []string{n.ClocksARN()}, Why: "A schedule is made for each trigger, in a group that holds nothing else."},
		{Target: route.TargetClockRole, Resources: []string{names.RoleARN(n.ClockRole())}, Conditions: passed("scheduler")},
		{Target: route.TargetBus, Resources: []string{n.BusARN()}},
		{Target: route.TargetModelKey, Resources: present(c.OpenAIKeySecret)},
		{Target: route.TargetSignIns, Resources: present(c.SignInSecret)},
		{Target: route.TargetMail, Resources: mailIdentities(c), Conditions: equals("ses:FromAddress", c.MailFrom)},
	}
}

// mailIdentities are the address and its domain: SES asks for the one that is
// verified. Without an address nothing is mailed, and nothing granted.
func mailIdentities(c config.Config) []string {
	if c.MailFrom == "" {
		return nil
	}
	_, domain, _ := strings.Cut(c.MailFrom, "@")
	return []string{names.MailARN(c.MailFrom), names.MailARN(domain)}
}

// present is a secret of the operator's where there is one: without the model's key the
// built-in planner plans, without those of providers workspaces bring theirs.
func present(arn string) []string {
	if arn == "" {
		return nil
	}
	return []string{arn}
}

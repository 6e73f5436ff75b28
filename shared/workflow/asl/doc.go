// Package asl compiles a workflow document into Amazon States Language, JSONata
// mode, the one definition that both engines run. It calls nothing and stores
// nothing, and its output depends on its arguments alone.
//
// How a document becomes states:
//
//   - Each step's main state has the step's id for its name; what else a step
//     needs is named "<id>.<role>". The first state is "workflow.input", the last
//     "workflow.output". No step id contains a dot, so the names never meet.
//   - A step's value is assigned to the variable of its id, and is also the
//     output of the step's last state, by which branches and loops hand it out.
//   - Expressions stand in the definition as they were written. What may be
//     undefined is guarded: a member of an object or an item of an array drops
//     out, any other value becomes null, a condition is false, a loop has no
//     items. Without that, Step Functions ends the run.
//   - Expressions over the response travel to the call function as text, with the
//     values of the names they use, because only there the response exists.
//   - $index becomes a local binding to the variable of its own loop: Step
//     Functions lets no inner scope assign a name of an outer one.
//   - States that cannot catch (Choice, Pass, Wait, Fail) stand inside a Parallel
//     of one branch when their step has an onError.
//   - An inline Map cannot tolerate failures: each item then runs inside such a
//     Parallel, and a Choice counts what failed.
//   - Retry names exact errors, since Retry knows no classes, and only what the
//     operation's effect class allows.
package asl

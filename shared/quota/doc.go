// Package quota owns how much a workspace may take up, as the operator says, for all
// workspaces and for single ones, and how much it takes up. It never decides what a
// caller may do otherwise.
//
// There are four ways in which it is known what is used, by what a quota is of:
//
//   - a rate: requests a minute. Package limit keeps it; here is only how many.
//   - what renews: runs and model tokens of a day. They are counted as they are used
//     (Keeper.TakeRun, Keeper.Hold), limit or not, in several items a day so that no
//     item is too busy. Nobody who asks at the same moment gets more than there is.
//   - what there is: connections, workflows, triggers, members. They are counted where
//     they lie. Where there is a limit, whoever makes one more reserves its place first
//     (Room), so that two cannot take the last one.
//   - storage: each object adds its size before it is stored; what was deleted or replaced
//     is taken out when the objects are counted anew (Storage).
package quota

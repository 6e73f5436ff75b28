/** How an operation is looked at. */
export const OPERATION_TABS = ['reference', 'try'] as const
export type OperationTab = (typeof OPERATION_TABS)[number]

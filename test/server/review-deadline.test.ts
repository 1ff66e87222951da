import { expect, test } from 'vitest'
import { reviewDeadlineMs } from '../../src/server/review-deadline.ts'

test.each([
  [undefined, 2_000],
  ['', 2_000],
  ['soon', 2_000],
  ['-5s', 2_000],
  ['0s', 2_000],
  ['30s', 2_000],
  ['3s', 2_000],
  ['2s', 1_000],
  ['1500ms', 500],
  ['1s', 250],
  ['400ms', 100],
])('of ?timeout=%s and 2 s of our own it is %i ms', (timeout, milliseconds) => {
  expect(reviewDeadlineMs(timeout, 2_000)).toBe(milliseconds)
})

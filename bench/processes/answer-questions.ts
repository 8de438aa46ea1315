import { inspect } from 'node:util';
import type { Usage } from '../measurement.js';
import type { Answer, Question } from './messages.js';

/** Answers the questions of the main process until that one ends. */
export function answerQuestions(
  address: string,
  answer: (question: Question) => Promise<Answer>,
): void {
  const answerOne = async (question: Question): Promise<void> => {
    try {
      tell(question.kind === 'usage' ? { kind: 'usage', usage: usage() } : await answer(question));
    } catch (error) {
      tell({ kind: 'failed', reason: inspect(error) });
    }
  };
  process.on('message', (question: Question) => void answerOne(question));
  process.on('disconnect', () => process.exit());
  tell({ kind: 'ready', address });
}

function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpu: userCPUTime + systemCPUTime, peakMemory: maxRSS * 1024 };
}

function tell(answer: Answer): void {
  process.send?.(answer);
}

// A thread that asks policies, one job at a time. Plain JavaScript, so that it runs unbuilt as well.
import { servePolicies } from '@sekisho/policy-worker/thread';

servePolicies();

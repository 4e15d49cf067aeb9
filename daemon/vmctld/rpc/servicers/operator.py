"""The operators' tools over gRPC: converts, asks them, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.operator_pb2_grpc import OperatorServiceServicer
from vmctld.operations.service import Operations
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.common import page_from_proto
from vmctld.wire.convert.operator import diagnosis_to_proto, finding_to_proto, letter_to_proto


class OperatorServicer(OperatorServiceServicer):
    """Serves ``vmctl.v1.OperatorService``."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def Diagnose(
        self, request: pb.DiagnoseRequest, context: grpc.ServicerContext
    ) -> pb.DiagnoseResponse:
        diagnoses = self._operations.diagnose(caller_of(context))
        return pb.DiagnoseResponse(checks=[diagnosis_to_proto(each) for each in diagnoses])

    def Audit(self, request: pb.AuditRequest, context: grpc.ServicerContext) -> pb.AuditResponse:
        caller = caller_of(context)
        findings = self._operations.audit(caller, repair=request.repair, deep=request.deep)
        return pb.AuditResponse(
            findings=map(finding_to_proto, findings),
            unseen_hosts=self._operations.unseen_hosts(caller),
        )

    def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, context: grpc.ServicerContext
    ) -> pb.ListDeadLettersResponse:
        page = page_from_proto(request.page)
        letters = self._operations.dead_letters(caller_of(context), page)
        return pb.ListDeadLettersResponse(letters=map(letter_to_proto, letters))

    def ReplayDeadLetter(
        self, request: pb.ReplayDeadLetterRequest, context: grpc.ServicerContext
    ) -> pb.DeadLetter:
        letter = self._operations.replay_dead_letter(caller_of(context), request.id)
        return letter_to_proto(letter)

    def DeleteDeadLetter(
        self, request: pb.DeleteDeadLetterRequest, context: grpc.ServicerContext
    ) -> pb.DeleteDeadLetterResponse:
        self._operations.delete_dead_letter(caller_of(context), request.id)
        return pb.DeleteDeadLetterResponse()

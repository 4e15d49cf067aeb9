"""The operators' tools over gRPC: converts, asks them, converts back."""

from __future__ import annotations

import grpc
from vmctl.v1 import operator_pb2 as pb
from vmctl.v1.operator_pb2_grpc import OperatorServiceServicer

from vmctld.operations.service import Operations
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.operator import diagnosis_to_proto, finding_to_proto


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
        findings = self._operations.audit(
            caller_of(context), repair=request.repair, deep=request.deep
        )
        return pb.AuditResponse(findings=[finding_to_proto(finding) for finding in findings])

"""Quotas over gRPC: converts, asks the service, converts back."""

from __future__ import annotations

import grpc

from vmctl.v1 import quota_pb2 as pb
from vmctl.v1.quota_pb2_grpc import QuotaServiceServicer
from vmctld.compute.quotas import ProjectQuotas
from vmctld.rpc.caller import caller_of
from vmctld.wire.convert.quota import quotas_to_proto


class QuotaServicer(QuotaServiceServicer):
    """Serves ``vmctl.v1.QuotaService``."""

    def __init__(self, quotas: ProjectQuotas) -> None:
        self._quotas = quotas

    def GetQuotas(self, request: pb.GetQuotasRequest, context: grpc.ServicerContext) -> pb.Quotas:
        return quotas_to_proto(self._quotas.get_quotas(caller_of(context), request.project))

    def UpdateQuotas(
        self, request: pb.UpdateQuotasRequest, context: grpc.ServicerContext
    ) -> pb.Quotas:
        quotas = self._quotas.update_quotas(
            caller_of(context), dict(request.limits), request.project, force=request.force
        )
        return quotas_to_proto(quotas)

    def ResetQuotas(
        self, request: pb.ResetQuotasRequest, context: grpc.ServicerContext
    ) -> pb.Quotas:
        return quotas_to_proto(self._quotas.reset_quotas(caller_of(context), request.project))

    def GetQuotaClass(
        self, request: pb.GetQuotaClassRequest, context: grpc.ServicerContext
    ) -> pb.Quotas:
        return quotas_to_proto(self._quotas.get_class(request.name))

    def UpdateQuotaClass(
        self, request: pb.UpdateQuotaClassRequest, context: grpc.ServicerContext
    ) -> pb.Quotas:
        quotas = self._quotas.update_class(caller_of(context), dict(request.limits), request.name)
        return quotas_to_proto(quotas)
